"""What the documentation's site has besides the pages in docs/: pages made from the code and the document."""
