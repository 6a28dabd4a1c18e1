package sallyport.config;

/**
 * Settings of the access log: one JSON line an exchange.
 *
 * @param query whether the query string is logged; it may carry patient data
 * @param clientSubject whether the subject of a client's certificate is logged; it may be a person
 * @param unwritable what is done while lines cannot be written; never {@link
 *     UnwritableLog#STOP_SERVING}
 */
public record AccessLogConfig(
    boolean enabled, boolean query, boolean clientSubject, UnwritableLog unwritable) {}
