package sallyport.stream.postgres;

import io.netty.channel.Channel;
import sallyport.observe.metrics.stream.CancelMetrics;
import sallyport.postgres.CancelKeys;
import sallyport.postgres.PostgresPreface;
import sallyport.stream.StreamProtocol;
import sallyport.stream.StreamSession;
import sallyport.tls.hello.Preface;

/** PostgreSQL through one listener. Any thread. */
public final class PostgresStreams implements StreamProtocol {
  private final Cancels cancels;

  /**
   * @param keys of the sessions of the listener, which outlast a reload as the sessions do
   */
  public PostgresStreams(CancelKeys keys, CancelMetrics metrics) {
    this.cancels = new Cancels(keys, metrics);
  }

  @Override
  public Preface preface(Channel client) {
    return new PostgresPreface(key -> cancels.cancelInClearText(client, key));
  }

  @Override
  public StreamSession session() {
    return new PostgresSession(cancels);
  }
}
