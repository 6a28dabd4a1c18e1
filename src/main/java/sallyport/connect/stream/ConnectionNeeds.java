package sallyport.connect.stream;

import java.net.InetSocketAddress;

/**
 * Requirements of an exchange on a connection.
 *
 * @param webSocket whether it asks to change to WebSocket
 * @param client whose request it is
 * @param local where the client reached us
 * @param pinned whether the connection is for this client's connection alone: HTTP/1.1 only
 */
public record ConnectionNeeds(
    boolean webSocket, InetSocketAddress client, InetSocketAddress local, boolean pinned) {}
