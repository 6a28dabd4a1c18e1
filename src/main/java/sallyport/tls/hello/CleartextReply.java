package sallyport.tls.hello;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reply to clients that speak another protocol, in clear text, where TLS is expected. TLS has no
 * alert that they would understand.
 *
 * <p>Called on the event loop of the connection.
 */
public interface CleartextReply {
  /** No client is answered. */
  CleartextReply NONE = first -> null;

  /**
   * Returns the reply, after which the connection is closed, or null where this is not the
   * beginning of that protocol, or not enough of it to be told from TLS.
   *
   * @param first the octets so far, at least one; its indexes are left as they are
   */
  @Nullable ByteBuf to(ByteBuf first);
}
