package sallyport.net.inherit;

import io.netty.channel.ChannelException;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Listening TCP socket that another process opened. Immutable. Any thread.
 *
 * @param name the name of its listener, or what the other process calls it
 * @param address that it listens on, as the kernel says
 * @param descriptor open in this process
 * @param origin the other process, for people
 */
public record InheritedSocket(
    String name, InetSocketAddress address, FileDescriptor descriptor, String origin) {
  // Constants of Linux, in its headers asm-generic/socket.h, socket.h and in.h.
  private static final int SOL_SOCKET = 1;
  private static final int SO_TYPE = 3;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_DOMAIN = 39;
  private static final int SOCK_STREAM = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  /**
   * Looks at a descriptor, and returns the listening socket that it is. Netty's native library must
   * be loaded.
   *
   * @throws IOException when it is another kind of file; says which, as the predicate of a sentence
   */
  public static InheritedSocket of(String name, FileDescriptor descriptor, String origin)
      throws IOException {
    InetSocketAddress address;
    int family;
    boolean stream;
    boolean listens;
    try {
      Socket socket = new Socket(descriptor.intValue());
      family = socket.getIntOpt(SOL_SOCKET, SO_DOMAIN);
      stream = socket.getIntOpt(SOL_SOCKET, SO_TYPE) == SOCK_STREAM;
      listens = stream && socket.getIntOpt(SOL_SOCKET, SO_ACCEPTCONN) != 0;
      address = socket.localAddress();
    } catch (IOException | ChannelException notOpen) {
      throw new IOException("is no open socket: " + notOpen.getMessage(), notOpen);
    }
    if (!stream || (family != AF_INET && family != AF_INET6)) {
      throw new IOException("is no TCP socket: use ListenStream=ADDRESS:PORT");
    }
    if (!listens) {
      throw new IOException("does not listen: a socket unit needs Accept=no");
    }
    return new InheritedSocket(name, address, descriptor, origin);
  }
}
