package sallyport.config;

/**
 * One JSON line a security event.
 *
 * @param linesPerSecond how many lines of their own the refusals of one listener, endpoint or key
 *     and one reason may have in a second; 1 or more
 * @param unwritable what is done while lines cannot be written
 */
public record AuditLogConfig(int linesPerSecond, UnwritableLog unwritable) {}
