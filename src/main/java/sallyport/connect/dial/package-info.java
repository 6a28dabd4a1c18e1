/**
 * Opening of connections: one after another of an endpoint's addresses, a PROXY protocol header,
 * security, all under one timeout.
 *
 * <p>Way in: {@link sallyport.connect.dial.Connector}. Threads: each connection on its event loop.
 * Knows neither pools nor HTTP. Imports: {@code ArchitectureTest}.
 */
@NullMarked
package sallyport.connect.dial;

import org.jspecify.annotations.NullMarked;
