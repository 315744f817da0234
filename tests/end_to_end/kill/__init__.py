"""The bot is killed after every commit of its database in turn, and every answer to its orders is lost in turn."""
