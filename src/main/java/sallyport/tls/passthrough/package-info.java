/**
 * TLS that passes unopened: its ClientHello is read and judged, and no key is used.
 *
 * <p>Way in: {@link sallyport.tls.passthrough.PassThroughHello}. On the event loop of the
 * connection. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.tls.passthrough;

import org.jspecify.annotations.NullMarked;
