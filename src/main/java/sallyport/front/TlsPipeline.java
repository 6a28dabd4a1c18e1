package sallyport.front;

import io.netty.channel.ChannelPipeline;
import java.time.Duration;
import sallyport.config.listener.ListenerConfig;
import sallyport.front.entrance.AcceptContext;
import sallyport.front.entrance.TlsEntrance;
import sallyport.proxy.ProxyContext;
import sallyport.tls.server.ServerTls;

/**
 * Pipeline of an HTTP connection under TLS. {@link ProtocolHandler} adds the handlers of the
 * protocol that ALPN chose.
 *
 * <p>On the event loop of each connection; sharable.
 */
public final class TlsPipeline extends TlsEntrance {
  private final ListenerConfig.HttpProxy listener;
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
    super(accept, tls, channel -> PlainHttp::read);
    this.listener = listener;
    this.context = context;
    this.drainTimeout = drainTimeout;
    this.hsts = new HstsHandler(listener.hsts());
  }

  @Override
  protected void addBelow(ChannelPipeline pipeline) {
    pipeline.addLast("close-notify", new CloseNotifyGate());
  }

  @Override
  protected void addAbove(ChannelPipeline pipeline) {
    pipeline.addLast("protocol", new ProtocolHandler(listener, context, drainTimeout, hsts));
  }
}
