"""The demo winery: its wines, people, words and pictures, and how they are loaded."""
