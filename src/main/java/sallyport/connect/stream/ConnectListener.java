package sallyport.connect.stream;

import sallyport.net.Failure;

/**
 * Listener to the opening of a request stream. One of both methods is called, once, on the event
 * loop.
 */
public interface ConnectListener {
  /** Reports a stream that is connected, secured and verified. */
  void onConnected(ClientStream stream);

  /** Reports a failure; no byte of a request has left the gateway. */
  void onConnectFailure(Failure.Upstream failure);
}
