package sallyport.config;

/**
 * One JSON line an exchange.
 *
 * @param query whether the query string is logged; it may carry patient data
 */
public record AccessLogConfig(boolean enabled, boolean query) {}
