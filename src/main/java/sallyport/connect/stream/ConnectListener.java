package sallyport.connect.stream;

import sallyport.net.Failure;

/** Waits for a request stream. Exactly one of the two is called, once, on the event loop. */
public interface ConnectListener {
  /** Connected, secured and verified. */
  void onConnected(ClientStream stream);

  /** Not so; no byte of a request has left the gateway. */
  void onConnectFailure(Failure.Upstream failure);
}
