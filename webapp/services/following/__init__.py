"""Following themes: what a person follows, what is told of it in the app and by mail, and when it ends."""
