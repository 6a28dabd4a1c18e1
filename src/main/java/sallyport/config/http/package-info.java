/**
 * Settings of HTTP: rules for requests, HSTS, HTTP/2 and its pings.
 *
 * <p>Records alone; the listeners and backends that have them read them.
 */
@NullMarked
package sallyport.config.http;

import org.jspecify.annotations.NullMarked;
