package sallyport.config;

/** The admin listener: plain HTTP, for metrics and health; keep it on loopback. */
public record AdminConfig(BindAddress bind) {}
