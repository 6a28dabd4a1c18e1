package sallyport.net;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;

/**
 * Security layer of a connection, without the library that implements it.
 *
 * <p>Every call must run on the event loop of the connection.
 */
public interface SecureLayer {
  /** Announces that this side sends nothing more, and goes on receiving. */
  void endOutbound();

  /** Closes the connection below, without an announcement: what the peer has got may be a cut. */
  void truncate();

  /** Returns that of a connection; null where it has none. */
  static @Nullable SecureLayer of(Channel connection) {
    return connection.attr(Key.LAYER).get();
  }

  /** Sets the layer that secures a connection. */
  static void set(Channel connection, SecureLayer layer) {
    connection.attr(Key.LAYER).set(layer);
  }

  /** Key of the attribute of a connection. */
  final class Key {
    private static final AttributeKey<SecureLayer> LAYER =
        AttributeKey.valueOf(SecureLayer.class, "layer");

    private Key() {}
  }
}
