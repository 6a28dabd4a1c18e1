package sallyport.stream.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.connect.StreamTransport;
import sallyport.net.Peers;
import sallyport.postgres.CancelKey;
import sallyport.postgres.ClientMessages;
import sallyport.postgres.ErrorResponse;
import sallyport.postgres.Packet;
import sallyport.postgres.ServerMessages;
import sallyport.stream.StreamSession;

/** One session of PostgreSQL, or one CancelRequest. */
final class PostgresSession implements StreamSession {
  private final Cancels cancels;
  private final ClientMessages client = new ClientMessages();
  private @Nullable ServerMessages server;

  /** Octets of the client's first packet that have yet to pass: it has no type. */
  private int startupLeft;

  private @Nullable Runnable forget;

  PostgresSession(Cancels cancels) {
    this.cancels = cancels;
  }

  @Override
  public boolean beginsWithClient() {
    return true;
  }

  @Override
  public Beginning begin(Channel channel, ByteBuf first) {
    if (first.readableBytes() < Packet.HEAD) {
      return Beginning.MORE;
    }
    int length = Packet.length(first);
    int code = Packet.code(first);
    if (Packet.isStartup(length, code)) {
      startupLeft = length;
      return Beginning.OPEN;
    }
    if (code != Packet.CANCEL_REQUEST || !CancelKey.isRequest(length)) {
      return new Beginning.Refused(ErrorResponse.INVALID_STARTUP.encode());
    }
    return first.readableBytes() < length
        ? Beginning.MORE
        : new Beginning.Served(cancels.cancel(channel, CancelKey.ofRequest(first)));
  }

  @Override
  public void opened(Channel channel, Endpoint endpoint, StreamTransport transport) {
    CancelSender sender = new CancelSender(transport, endpoint, Peers.of(channel));
    server =
        new ServerMessages(
            key ->
                forget = cancels.keys().add(key, Peers.of(channel).client().getAddress(), sender));
  }

  @Override
  public void fromClient(ByteBuf octets) {
    int startup = Math.min(startupLeft, octets.readableBytes());
    startupLeft -= startup;
    if (startup == 0) {
      client.pass(octets);
    } else if (startup < octets.readableBytes()) {
      client.pass(octets.slice(octets.readerIndex() + startup, octets.readableBytes() - startup));
    }
  }

  @Override
  public void fromBackend(ByteBuf octets) {
    if (server != null) {
      server.pass(octets);
    }
  }

  /**
   * Returns whether the session is in no transaction and has no question open. Its beginning has
   * one answer more than the client has asked questions.
   */
  @Override
  public boolean isBetweenMessages() {
    return server != null
        && server.isIdle()
        && client.isBetweenMessages()
        && server.answered() > client.asked();
  }

  @Override
  public ByteBuf farewellToClient() {
    return ErrorResponse.SHUTDOWN.encode();
  }

  @Override
  public ByteBuf farewellToBackend() {
    return Packet.terminate();
  }

  @Override
  public ByteBuf notConnected() {
    return ErrorResponse.NO_SERVER.encode();
  }

  @Override
  public void closed() {
    if (forget != null) {
      forget.run();
    }
  }
}
