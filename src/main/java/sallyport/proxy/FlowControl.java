package sallyport.proxy;

import sallyport.connect.stream.ClientStream;
import sallyport.proxy.stream.HttpStream;

/**
 * The only place that pauses and resumes reading on either side of an exchange.
 *
 * <p>The client waits before there is a stream, until the backend has accepted WebSocket, and while
 * the stream's buffer is full. The backend waits while the client's buffer is full.
 *
 * <p>Every call must run on the event loop of the exchange.
 */
final class FlowControl {
  private final HttpStream client;
  private final RequestBody body;
  private boolean readsClient = true;
  private boolean readsBackend = true;

  /** For one exchange; both sides are read at first. */
  FlowControl(HttpStream client, RequestBody body) {
    this.client = client;
    this.body = body;
  }

  /** Records a new stream to a backend, which is read at first. */
  void newStream() {
    readsBackend = true;
  }

  /**
   * Pauses or resumes either side, if that has changed.
   *
   * @param responding whether the client got any part of a response of the backend
   */
  void update(ExchangeState state, boolean responding) {
    // After the end of its request, a client is read for a tunnel, or to see that it closes.
    if (!body.isEnded() || body.isDiscarded() || state instanceof ExchangeState.Tunnel) {
      boolean reads = takesRequest(state);
      if (reads != readsClient) {
        readsClient = reads;
        client.setReading(reads);
      }
    }
    ClientStream stream = state.stream();
    if (stream != null && responding) {
      boolean reads = client.isWritable();
      if (reads != readsBackend) {
        readsBackend = reads;
        stream.setReading(reads);
      }
    }
  }

  private boolean takesRequest(ExchangeState state) {
    return switch (state) {
      case ExchangeState.Connecting none -> false;
      case ExchangeState.AwaitingSwitch none -> false;
      case ExchangeState.Sending sending -> sending.stream().isWritable();
      case ExchangeState.AwaitingHead awaiting -> awaiting.stream().isWritable();
      case ExchangeState.Relaying relaying -> body.isDiscarded() || relaying.stream().isWritable();
      case ExchangeState.Ending ending -> ending.stream().isWritable();
      case ExchangeState.Tunnel tunnel -> tunnel.stream().isWritable();
      case ExchangeState.Idle none -> readsClient;
      case ExchangeState.Cut none -> readsClient;
      case ExchangeState.Done none -> readsClient;
    };
  }
}
