"""ShopSmart: the shop itself. Rules, stores and services; no HTTP and no job framework."""

__version__ = "0.1.0"
