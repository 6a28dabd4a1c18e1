package sallyport.gateway;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.jspecify.annotations.Nullable;
import sallyport.admin.access.Operator;
import sallyport.net.handover.SocketFile;

/**
 * Unix socket for the operators of this machine: the user that the gateway runs as, and root. The
 * kernel says who a peer is (SO_PEERCRED). It has an event loop of its own, of a kind that every
 * transport has.
 *
 * <p>Any thread.
 */
final class ControlSocket implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 100;

  private final Path path;
  private final SocketFile file;
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("sallyport-control", false), NioIoHandler.newFactory());
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private @Nullable Channel socket;

  private ControlSocket(Path path) {
    this.path = path;
    this.file = new SocketFile(path);
  }

  /**
   * Binds the socket under another name. It has its name, and accepts connections, from {@link
   * #accept} on: a start that fails before leaves the socket of the process before in its place.
   *
   * @param replace whether a process that listens there has handed over to this one
   * @param pipeline builds the pipeline of a connection for its operator
   * @param refused hears of each other user, by name
   * @throws IOException with the reason and what to do
   */
  static ControlSocket bind(
      Path path, boolean replace, BiConsumer<Channel, Operator> pipeline, Consumer<String> refused)
      throws IOException {
    ControlSocket control = new ControlSocket(path);
    boolean bound = false;
    try {
      control.open(replace, pipeline, refused);
      bound = true;
      return control;
    } catch (IOException | ChannelException cannot) {
      throw new IOException(
          "cannot bind admin.control to unix:%s: %s".formatted(path, cannot.getMessage()), cannot);
    } finally {
      if (!bound) {
        control.close();
      }
    }
  }

  private void open(
      boolean replace, BiConsumer<Channel, Operator> pipeline, Consumer<String> refused)
      throws IOException {
    ControlPlace.check(path, replace);
    ChannelFuture binding =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerDomainSocketChannel.class)
            .option(ChannelOption.AUTO_READ, false)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel connection) {
                    accepted(connection, pipeline, refused);
                  }
                })
            .bind(UnixDomainSocketAddress.of(file.toBind()))
            .awaitUninterruptibly();
    if (!binding.isSuccess()) {
      throw new IOException(binding.cause().getMessage(), binding.cause());
    }
    socket = binding.channel();
    file.bound();
  }

  private void accepted(
      Channel connection, BiConsumer<Channel, Operator> pipeline, Consumer<String> refused) {
    String user = user(connection);
    if (connections.size() >= MAX_CONNECTIONS) {
      connection.close();
    } else if (!isTrusted(user)) {
      refused.accept(user);
      connection.close();
    } else {
      connections.add(connection);
      pipeline.accept(connection, new Operator.User(user));
    }
  }

  /** Returns the name of the user of a peer, or its number where it has no name. */
  private static String user(Channel connection) {
    UnixDomainPrincipal peer =
        connection.config().getOption(NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED));
    return peer == null ? "unknown" : peer.user().getName();
  }

  private boolean isTrusted(String user) {
    try {
      return user.equals("root") || user.equals(Files.getOwner(path).getName());
    } catch (IOException gone) {
      return false;
    }
  }

  /**
   * Takes the name, from the process before if there is one, and accepts connections from now on.
   *
   * @throws IOException when the file cannot be renamed
   */
  void accept() throws IOException {
    file.publish();
    Objects.requireNonNull(socket).config().setAutoRead(true);
  }

  /** Closes the socket and its connections, and removes its file unless another took its place. */
  @Override
  public void close() {
    try {
      // Before the socket is closed: its inode cannot be that of another file until then.
      file.delete();
    } catch (IOException stays) {
      // The next start replaces it.
    }
    if (socket != null) {
      socket.close().awaitUninterruptibly();
    }
    connections.close().awaitUninterruptibly();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
