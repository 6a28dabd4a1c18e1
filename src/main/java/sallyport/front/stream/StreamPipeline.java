package sallyport.front.stream;

import io.netty.channel.ChannelPipeline;
import sallyport.front.entrance.AcceptContext;
import sallyport.front.entrance.TlsEntrance;
import sallyport.stream.StreamConnection;
import sallyport.stream.StreamContext;
import sallyport.tls.server.ServerTls;

/**
 * Pipeline of a TCP stream under TLS. A client that does not speak TLS is closed without an answer.
 *
 * <p>On the event loop of each connection; sharable.
 */
public final class StreamPipeline extends TlsEntrance {
  private final StreamContext context;

  /** Creates the pipeline for all connections of one listener. */
  public StreamPipeline(AcceptContext accept, ServerTls tls, StreamContext context) {
    super(accept, tls, context.protocol()::preface);
    this.context = context;
  }

  @Override
  protected void addAbove(ChannelPipeline pipeline) {
    pipeline.addLast("stream", new StreamConnection(context));
  }
}
