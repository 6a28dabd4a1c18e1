/**
 * Security of connections to endpoints: mutual TLS, or plain connections of this machine.
 *
 * <p>Way in: {@link sallyport.connect.security.SecurityStep}; result: {@link
 * sallyport.connect.security.Established}. Threads: each connection on its event loop. Knows
 * neither pools nor HTTP. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.connect.security;

import org.jspecify.annotations.NullMarked;
