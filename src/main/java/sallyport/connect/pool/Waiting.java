package sallyport.connect.pool;

import sallyport.connect.stream.ClientStream;
import sallyport.net.Failure;

/** An exchange that waits for a connection, as the pools see it. Belongs to one event loop. */
public interface Waiting {
  /** Whether its client has gone. */
  boolean isCancelled();

  /** Whether only HTTP/1.1 will do. */
  boolean http1();

  /** Whether it asks to change to WebSocket. */
  boolean webSocket();

  /** Hands the stream over, or gives it back where the client has gone. */
  void succeeded(ClientStream stream);

  /** No stream comes. */
  void failed(Failure.Upstream failure);

  /** Opens a connection of its own, whose place at the endpoint has been taken. */
  void open();

  /** Asks for a connection once more: a shared one, or one of its own. */
  void connectAgain();

  /** Asks for a connection of its own, unless the client has gone. */
  void dialAgain();
}
