package sallyport.front;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import sallyport.config.listener.ListenerConfig;
import sallyport.front.entrance.AcceptContext;
import sallyport.front.entrance.ProxyHeaderHandler;
import sallyport.front.h1.Http1Pipeline;
import sallyport.front.h1.Http1ServerConnection;
import sallyport.http.forwarded.ConnectionInfo;
import sallyport.http.forwarded.ForwardedFor;
import sallyport.http.forwarded.ForwardedHeaders;
import sallyport.http.request.Authority;
import sallyport.net.ClientAuthentication;
import sallyport.net.Peers;
import sallyport.proxy.ProxyContext;

/**
 * Pipeline of a plain connection of this machine, whose requests are forwarded.
 *
 * <p>On the event loop of each connection; sharable.
 */
public final class LocalPipeline extends ChannelInitializer<Channel> {
  private final AcceptContext accept;
  private final ListenerConfig.LocalProxy listener;
  private final ProxyContext context;

  /** Creates the pipeline for all connections of one listener. */
  public LocalPipeline(
      AcceptContext accept, ListenerConfig.LocalProxy listener, ProxyContext context) {
    this.accept = accept;
    this.listener = listener;
    this.context = context;
  }

  @Override
  protected void initChannel(Channel channel) {
    ProxyHeaderHandler.addTo(channel, accept, this::build);
  }

  private void build(Channel channel) {
    ConnectionInfo info = info(channel);
    ForwardedHeaders forwarded =
        new ForwardedHeaders(
            info, context.identityFields(), listener.proxies().trusted()::contains);
    Http1ServerConnection connection =
        Http1Pipeline.add(channel.pipeline(), listener, context, info, forwarded, /* hsts= */ null);
    HalfCloseHandler.addFirst(
        channel.pipeline(), listener.limits().halfClosedTimeout(), connection);
  }

  private ConnectionInfo info(Channel channel) {
    Peers peers = Peers.of(channel);
    return new ConnectionInfo(
        listener.name(),
        peers.client(),
        peers.local(),
        // An http URI without a port has 80 (RFC 9110 section 4.2.1).
        Peers.areFromProxy(channel) ? peers.local().getPort() : Authority.HTTP_PORT,
        listener.proxies().trusted().contains(peers.client().getAddress()),
        /* tlsVersion= */ "",
        /* tlsCipher= */ "",
        /* tlsGroup= */ "",
        /* serverName= */ null,
        /* oneHost= */ false,
        ClientAuthentication.NONE,
        new ForwardedFor(peers, listener.proxies().trusted()::contains));
  }
}
