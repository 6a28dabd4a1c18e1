package sallyport.connect;

import sallyport.net.Failure;

/** Whoever waits for a new connection. Exactly one of the two is called, on the event loop. */
public interface ConnectListener {
  /** Connected, secured and verified. */
  void onConnected(UpstreamConnection connection);

  /** Not so; no byte of a request has left the gateway. */
  void onConnectFailure(Failure.Upstream failure);
}
