package sallyport.proxy;

import sallyport.proxy.stream.HttpStream;

import sallyport.connect.stream.ClientStream;

/**
 * The only place that pauses and resumes reading on either side of an exchange.
 *
 * <p>The client waits while there is no stream yet, while the backend has to agree to WebSocket,
 * and while the stream's buffer is full. The backend waits while the client's buffer is full.
 *
 * <p>Every call must run on the event loop of the exchange.
 */
final class FlowControl {
  private final HttpStream client;
  private final RequestBody body;
  private boolean readsClient = true;
  private boolean readsBackend = true;

  /** Both sides are read at first. */
  FlowControl(HttpStream client, RequestBody body) {
    this.client = client;
    this.body = body;
  }

  /** Notes a new stream to a backend, which is read at first. */
  void newStream() {
    readsBackend = true;
  }

  /**
   * Pauses or resumes either side, where that has changed.
   *
   * @param responding whether anything of the backend went to the client
   */
  void update(ExchangeState state, boolean responding) {
    // After the end of its request, a client is read for a tunnel's sake, or to see it go.
    if (!body.isEnded() || body.isDiscarded() || state instanceof ExchangeState.Tunnel) {
      boolean wanted = takesRequest(state);
      if (wanted != readsClient) {
        readsClient = wanted;
        client.setReading(wanted);
      }
    }
    ClientStream stream = state.stream();
    if (stream != null && responding) {
      boolean wanted = client.isWritable();
      if (wanted != readsBackend) {
        readsBackend = wanted;
        stream.setReading(wanted);
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
