"""What the pages do, without Flask: plain values in, plain values out."""
