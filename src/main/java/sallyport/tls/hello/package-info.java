/**
 * First message of a client, before any cryptography: what it offers, whether a policy allows it,
 * and the turns in which handshakes begin.
 *
 * <p>Handlers and turns belong to one event loop.
 */
@NullMarked
package sallyport.tls.hello;

import org.jspecify.annotations.NullMarked;
