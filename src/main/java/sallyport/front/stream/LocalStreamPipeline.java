package sallyport.front.stream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import sallyport.front.entrance.AcceptContext;
import sallyport.front.entrance.ProxyHeaderHandler;
import sallyport.net.Connections;
import sallyport.stream.StreamClient;
import sallyport.stream.StreamConnection;
import sallyport.stream.StreamContext;

/**
 * Pipeline of a TCP stream of this machine, which comes without TLS.
 *
 * <p>On the event loop of each connection; sharable.
 */
public final class LocalStreamPipeline extends ChannelInitializer<Channel> {
  private final AcceptContext accept;
  private final StreamContext context;

  /** Creates the pipeline for all connections of one listener. */
  public LocalStreamPipeline(AcceptContext accept, StreamContext context) {
    this.accept = accept;
    this.context = context;
  }

  @Override
  protected void initChannel(Channel channel) {
    ProxyHeaderHandler.addTo(channel, accept, this::build);
  }

  private void build(Channel channel) {
    // FIN is the end of the data here, as close_notify is under TLS.
    Connections.resetWhenCut(channel);
    StreamConnection stream = new StreamConnection(context);
    channel.pipeline().addLast("stream", stream);
    stream.begin(StreamClient.LOCAL);
  }
}
