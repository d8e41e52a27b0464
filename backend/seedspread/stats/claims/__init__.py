"""Claims about arms, and noise floors that candidates are judged against."""
