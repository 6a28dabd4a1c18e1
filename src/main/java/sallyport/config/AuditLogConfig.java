package sallyport.config;

/**
 * One JSON line a security event.
 *
 * @param linesPerSecond how many lines of their own the refusals of one listener and reason may
 *     have in a second; 1 or more
 */
public record AuditLogConfig(int linesPerSecond) {}
