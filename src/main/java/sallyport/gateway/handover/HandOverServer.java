package sallyport.gateway.handover;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.PeerCredentials;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.address.PeerUser;
import sallyport.net.handover.Message;
import sallyport.net.handover.Message.Draining;
import sallyport.net.handover.Message.Give;
import sallyport.net.handover.Message.Hello;
import sallyport.net.handover.Message.Offer;
import sallyport.net.handover.Message.Refused;
import sallyport.net.handover.Message.Serving;
import sallyport.net.handover.Message.Stopped;
import sallyport.net.handover.MessageCodec;
import sallyport.net.handover.Peer;
import sallyport.net.handover.SocketFile;

/**
 * Unix socket at which the next process asks for the listening sockets of this one. It answers to
 * processes of the same user alone, and to one at a time.
 *
 * <p>Any thread.
 */
public final class HandOverServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HandOverServer.class);

  /** Time from its connection in which the next process must serve. It has opened its keys then. */
  private static final int PATIENCE_SECONDS = 60;

  /**
   * Sockets and secrets to hand over.
   *
   * @param descriptors in the order of the sockets of the offer
   */
  public record Offering(Offer offer, List<FileDescriptor> descriptors) {}

  /** Owner of the sockets. All but {@link #stopAccepting} are called on the event loop. */
  public interface Owner {
    /**
     * Returns what can be handed over, and keeps it until the end of this hand-over.
     *
     * @return null when this process is about to stop
     */
    @Nullable Offering begin(Peer peer);

    /** Stops accepting: the next process serves. Blocks; called on a thread of its own. */
    void stopAccepting(Peer peer);

    /** The next process knows that this one accepts no more, or has ended. */
    void handedOver(Peer peer);

    /** Returns the connections that are still open here; called each second from then on. */
    Draining draining();

    /** The hand-over that began has ended before the next process served. */
    void failed(Peer peer, String reason);

    /** A hand-over did not begin. */
    void refused(Peer peer, String reason);
  }

  private final Owner owner;
  private final SocketFile file;
  private final int user;
  private final Channel socket;
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

  /** The connection that takes over; belongs to the one event loop. */
  private @Nullable Connection taking;

  private HandOverServer(Owner owner, Path path, EventLoopGroup loop) throws IOException {
    this.owner = owner;
    this.file = new SocketFile(path);
    this.user = PeerUser.own();
    ChannelFuture binding =
        new ServerBootstrap()
            .group(loop)
            .channel(EpollServerDomainSocketChannel.class)
            .childHandler(
                new ChannelInitializer<EpollDomainSocketChannel>() {
                  @Override
                  protected void initChannel(EpollDomainSocketChannel channel) throws IOException {
                    connections.add(channel);
                    PeerCredentials peer = channel.peerCredentials();
                    channel
                        .pipeline()
                        .addLast(
                            new MessageCodec(), new Connection(new Peer(peer.pid(), peer.uid())));
                  }
                })
            .bind(new DomainSocketAddress(file.toBind().toFile()))
            .awaitUninterruptibly();
    if (!binding.isSuccess()) {
      throw new IOException(
          "cannot make the socket '%s': %s".formatted(path, binding.cause().getMessage()),
          binding.cause());
    }
    this.socket = binding.channel();
    file.bound();
  }

  /**
   * Returns why a socket at this path would not be safe, with the remedy.
   *
   * @return null when it would be
   */
  public static @Nullable String problem(Path path) {
    try {
      return SocketFile.problem(path, PeerUser.own());
    } catch (IOException e) {
      return "the folder of '%s' cannot be looked at: %s".formatted(path, e);
    }
  }

  /**
   * Makes the socket, under a name that is not asked yet.
   *
   * @param path checked by {@link #problem}
   * @param loop a single event loop of epoll
   * @throws IOException when it cannot be made; says why
   */
  public static HandOverServer open(Path path, EventLoopGroup loop, Owner owner)
      throws IOException {
    return new HandOverServer(owner, path, loop);
  }

  /**
   * Gives the socket its name, in place of the one of the process before.
   *
   * @throws IOException when it cannot be renamed
   */
  public void publish() throws IOException {
    file.publish();
  }

  /** Calls off what has begun, and takes no more. A process that has taken over goes on. */
  @Override
  public void close() {
    try {
      // Before the socket is closed: its inode cannot be that of another file until then.
      file.delete();
    } catch (IOException e) {
      LOG.debug("the socket of the hand-over was not deleted", e);
    }
    socket.close().awaitUninterruptibly();
    connections.close().awaitUninterruptibly();
  }

  /** One process that asks. */
  private final class Connection extends SimpleChannelInboundHandler<Message> {
    private final Peer peer;
    private @Nullable Offering offering;
    private @Nullable ScheduledFuture<?> limit;
    private boolean serving;

    Connection(Peer peer) {
      this.peer = peer;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      if (peer.user() != user) {
        refuse(ctx, "it runs as another user than this process");
        return;
      }
      limit =
          ctx.executor()
              .schedule(
                  () -> end(ctx, "it did not serve within " + PATIENCE_SECONDS + " s"),
                  PATIENCE_SECONDS,
                  TimeUnit.SECONDS);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Message message) {
      switch (message) {
        case Hello hello -> hello(ctx, hello);
        case Give give -> give(ctx, give.socket());
        case Serving last -> serving(ctx);
        case Offer other -> end(ctx, "it sent what only this process sends");
        case Refused other -> end(ctx, "it sent what only this process sends");
        case Stopped other -> end(ctx, "it sent what only this process sends");
        case Draining other -> end(ctx, "it sent what only this process sends");
      }
    }

    private void hello(ChannelHandlerContext ctx, Hello hello) {
      if (hello.version() != Message.VERSION) {
        refuse(
            ctx,
            "it hands over by version %d of the protocol, and this process by version %d: stop one, then start the other"
                .formatted(hello.version(), Message.VERSION));
        return;
      }
      if (taking != null) {
        refuse(ctx, "process %d takes over already".formatted(taking.peer.process()));
        return;
      }
      offering = owner.begin(peer);
      if (offering == null) {
        refuse(ctx, "this process is about to stop");
        return;
      }
      taking = this;
      ctx.writeAndFlush(offering.offer());
    }

    private void give(ChannelHandlerContext ctx, int socket) {
      if (offering == null || serving || socket >= offering.descriptors().size()) {
        end(ctx, "it asked for a socket that was not offered");
        return;
      }
      ctx.writeAndFlush(offering.descriptors().get(socket))
          .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    private void serving(ChannelHandlerContext ctx) {
      if (offering == null || serving) {
        end(ctx, "it serves without an offer");
        return;
      }
      serving = true;
      cancelLimit();
      // Sockets are closed on their event loops, one of which is this.
      Thread.ofVirtual()
          .name("sallyport-hand-over")
          .start(
              () -> {
                owner.stopAccepting(peer);
                ctx.writeAndFlush(new Stopped())
                    .addListener(
                        written -> {
                          tellOpenConnections(ctx);
                          owner.handedOver(peer);
                        });
              });
    }

    private void tellOpenConnections(ChannelHandlerContext ctx) {
      ScheduledFuture<?> telling =
          ctx.executor()
              .scheduleAtFixedRate(
                  () -> ctx.writeAndFlush(owner.draining()), 0, 1, TimeUnit.SECONDS);
      ctx.channel().closeFuture().addListener(closed -> telling.cancel(false));
    }

    private void refuse(ChannelHandlerContext ctx, String reason) {
      owner.refused(peer, reason);
      ctx.writeAndFlush(new Refused(reason)).addListener(ChannelFutureListener.CLOSE);
    }

    private void end(ChannelHandlerContext ctx, String reason) {
      fail(reason);
      ctx.close();
    }

    private void fail(String reason) {
      cancelLimit();
      if (taking == this && !serving) {
        taking = null;
        owner.failed(peer, reason);
      }
    }

    private void cancelLimit() {
      if (limit != null) {
        limit.cancel(false);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      fail("it ended, or closed the connection, before it served");
      ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      end(ctx, String.valueOf(cause.getMessage()));
    }
  }
}
