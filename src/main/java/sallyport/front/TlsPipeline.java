package sallyport.front;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.time.Duration;
import sallyport.config.listener.ListenerConfig;
import sallyport.proxy.ProxyContext;
import sallyport.tls.server.ServerTls;

/**
 * Pipeline of a TLS connection. It begins with the handlers of the handshake. {@link
 * ProtocolHandler} adds those of the protocol that ALPN chose.
 *
 * <p>On the event loop of each connection; sharable.
 */
public final class TlsPipeline extends ChannelInitializer<Channel> {
  private final AcceptContext accept;
  private final ListenerConfig.HttpProxy listener;
  private final ServerTls tls;
  private final ProxyContext context;
  private final Duration drainTimeout;
  private final HstsHandler hsts;

  /**
   * Creates the pipeline for all connections of one listener.
   *
   * @param context shared by all exchanges of the listener
   * @param drainTimeout how long a closing HTTP/2 connection waits for its streams
   */
  public TlsPipeline(
      AcceptContext accept,
      ListenerConfig.HttpProxy listener,
      ServerTls tls,
      ProxyContext context,
      Duration drainTimeout) {
    this.accept = accept;
    this.listener = listener;
    this.tls = tls;
    this.context = context;
    this.drainTimeout = drainTimeout;
    this.hsts = new HstsHandler(listener.hsts());
  }

  @Override
  protected void initChannel(Channel channel) {
    ProxyHeaderHandler.addTo(channel, accept, this::build);
  }

  private void build(Channel channel) {
    channel.pipeline().addLast("close-notify", new CloseNotifyGate());
    channel.pipeline().addLast("hello", tls.newHandler(channel.eventLoop(), PlainHttp::answer));
    channel
        .pipeline()
        .addLast("protocol", new ProtocolHandler(listener, context, drainTimeout, hsts));
  }
}
