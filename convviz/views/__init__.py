"""Views: a trace becomes a scene. Only here do numbers meet drawing."""
