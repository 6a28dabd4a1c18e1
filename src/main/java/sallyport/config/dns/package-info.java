/**
 * Settings of the names of endpoints, and their reader.
 *
 * <p>Way in: {@link sallyport.config.dns.DnsReader}. Threads: any. Imports: {@code
 * ArchitectureTest}.
 */
@NullMarked
package sallyport.config.dns;

import org.jspecify.annotations.NullMarked;
