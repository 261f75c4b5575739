"""What a whole registry comes to, counted once and shown often: reach, gaps, titles, deadlines, money."""
