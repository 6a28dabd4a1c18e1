package sallyport.connect.pool;

import sallyport.connect.stream.ClientStream;
import sallyport.net.Failure;

/** Exchange that waits for a connection, for the pools. Belongs to one event loop. */
public interface Waiting {
  /** Returns whether its client has gone. */
  boolean isCancelled();

  /** Returns whether only HTTP/1.1 will do. */
  boolean http1();

  /** Returns whether it asks to change to WebSocket. */
  boolean webSocket();

  /** Hands the stream over, or gives it back where the client has gone. */
  void succeeded(ClientStream stream);

  /** Reports that there will be no stream. */
  void failed(Failure.Upstream failure);

  /** Opens a connection of its own, whose place at the endpoint has been taken. */
  void open();

  /** Asks for a connection once more: a shared one, or one of its own. */
  void connectAgain();

  /** Asks for a connection of its own, unless the client has gone. */
  void dialAgain();
}
