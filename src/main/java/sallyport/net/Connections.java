package sallyport.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;

/** Ends connections without a word. */
public final class Connections {
  private Connections() {}

  /** Below the codecs, which would wait for their streams. One that has just closed has none. */
  public static void cut(Channel connection) {
    ChannelHandlerContext first = connection.pipeline().firstContext();
    if (first != null) {
      first.close();
    } else {
      connection.close();
    }
  }
}
