package sallyport.tls.engine;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import sallyport.net.SecureLayer;
import sallyport.net.TlsFacts;
import sallyport.tls.policy.Negotiated;

/**
 * The TLS of a connection.
 *
 * <p>Every call must run on its event loop.
 */
public final class TlsLayer implements SecureLayer {
  /** The name of the handler in its pipeline. */
  public static final String NAME = "ssl";

  private final Channel channel;
  private final SslHandler ssl;

  private TlsLayer(Channel channel, SslHandler ssl) {
    this.channel = channel;
    this.ssl = ssl;
  }

  /** Lets those above find it. */
  public static void install(SslHandler ssl, Channel channel) {
    SecureLayer.set(channel, new TlsLayer(channel, ssl));
  }

  @Override
  public void endOutbound() {
    // Out of its pipeline it has no engine any more.
    if (channel.pipeline().context(ssl) != null) {
      ssl.closeOutbound();
    }
  }

  @Override
  public TlsFacts facts() {
    Negotiated negotiated = Negotiated.of(ssl);
    return new TlsFacts(negotiated.version(), negotiated.cipher(), negotiated.group());
  }

  @Override
  public void truncate() {
    ChannelHandlerContext below = channel.pipeline().context(ssl);
    if (below != null) {
      below.close();
    } else {
      channel.close();
    }
  }
}
