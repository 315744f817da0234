"""What goes wrong, and when: a schedule decides, the doors carry it out."""
