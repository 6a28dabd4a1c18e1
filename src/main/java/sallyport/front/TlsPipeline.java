package sallyport.front;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.time.Duration;
import sallyport.config.listener.ListenerConfig;
import sallyport.proxy.ProxyContext;
import sallyport.tls.server.ServerTls;

/**
 * The pipeline of a TLS connection. Here it has only what the handshake needs; {@link
 * ProtocolHandler} adds the rest when it is known which protocol follows.
 */
public final class TlsPipeline extends ChannelInitializer<Channel> {
  private final AcceptContext entrance;
  private final ListenerConfig.Tls listener;
  private final ServerTls tls;
  private final ProxyContext forwarding;
  private final Duration drainTimeout;
  private final HstsHandler hsts;

  /**
   * For all connections of one listener.
   *
   * @param drainTimeout how long a closing HTTP/2 connection waits for its streams
   */
  public TlsPipeline(
      AcceptContext entrance,
      ListenerConfig.Tls listener,
      ServerTls tls,
      ProxyContext forwarding,
      Duration drainTimeout) {
    this.entrance = entrance;
    this.listener = listener;
    this.tls = tls;
    this.forwarding = forwarding;
    this.drainTimeout = drainTimeout;
    this.hsts = new HstsHandler(listener.hsts());
  }

  @Override
  protected void initChannel(Channel channel) {
    ProxyHeaderHandler.addTo(channel, entrance, this::build);
  }

  private void build(Channel channel) {
    channel.pipeline().addLast("close-notify", new CloseNotifyGate());
    channel.pipeline().addLast("hello", tls.newHandler(channel.eventLoop(), PlainHttp::answer));
    channel
        .pipeline()
        .addLast("protocol", new ProtocolHandler(listener, forwarding, drainTimeout, hsts));
  }
}
