package sallyport.net;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;

/**
 * TLS of a connection for the handlers above it, which do not know the library.
 *
 * <p>On the event loop of the connection.
 */
public interface SecureLayer {
  /** Sends close_notify and continues to receive. */
  void endOutbound();

  /** Closes the connection without close_notify, so that the peer sees a truncation. */
  void truncate();

  /** Returns the parameters that were negotiated. */
  TlsFacts facts();

  /** Returns the layer of a connection; null for a plain connection. */
  static @Nullable SecureLayer of(Channel connection) {
    return connection.attr(Key.LAYER).get();
  }

  /** Sets the layer of a connection. */
  static void set(Channel connection, SecureLayer layer) {
    connection.attr(Key.LAYER).set(layer);
  }

  /** Attribute of a connection that has the layer. */
  final class Key {
    private static final AttributeKey<SecureLayer> LAYER =
        AttributeKey.valueOf(SecureLayer.class, "layer");

    private Key() {}
  }
}
