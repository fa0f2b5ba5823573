"""What a customer received: 861 and RECADV."""
