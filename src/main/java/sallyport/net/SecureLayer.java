package sallyport.net;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;

/**
 * What secures a connection, as those above it may use it: they do not know the library.
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

  /** From now on this secures the connection. */
  static void set(Channel connection, SecureLayer layer) {
    connection.attr(Key.LAYER).set(layer);
  }

  /** Where a connection has it. */
  final class Key {
    private static final AttributeKey<SecureLayer> LAYER =
        AttributeKey.valueOf(SecureLayer.class, "layer");

    private Key() {}
  }
}
