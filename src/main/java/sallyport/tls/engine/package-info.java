/**
 * Parts of both sides around Netty's engine for BoringSSL: references to native contexts, errors of
 * the native library, signatures, and handlers in front of and behind the engine.
 *
 * <p>Contexts and keys: any thread. Handlers belong to the event loop of their connection.
 */
@NullMarked
package sallyport.tls.engine;

import org.jspecify.annotations.NullMarked;
