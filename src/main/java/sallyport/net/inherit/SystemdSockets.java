package sallyport.net.inherit;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.net.transport.Transport;

/**
 * Sockets that systemd, or a program that does the same, passes to a process that it starts: their
 * number in {@code LISTEN_FDS}, the process that they are for in {@code LISTEN_PID}, their names in
 * {@code LISTEN_FDNAMES}, their descriptors from 3 on (sd_listen_fds(3)).
 *
 * <p>Any thread.
 */
public final class SystemdSockets {
  private static final Logger LOG = LoggerFactory.getLogger(SystemdSockets.class);

  static final String ORIGIN = "systemd";
  private static final int FIRST = 3;
  private static final int MOST = 1024;

  /** Opener of a passed descriptor. */
  interface Opener {
    /**
     * Returns the socket of a descriptor.
     *
     * @throws IOException when it cannot be used; says why, as the predicate of a sentence
     */
    InheritedSocket open(String name, int descriptor) throws IOException;
  }

  private SystemdSockets() {}

  /**
   * Returns the sockets that were passed to this process; empty when there are none.
   *
   * @param transport takes them over
   * @throws IOException when one of them cannot be used; says which, why and what to do
   */
  public static List<InheritedSocket> passed(Transport transport) throws IOException {
    return of(
        System.getenv(),
        ProcessHandle.current().pid(),
        (name, descriptor) -> open(name, descriptor, transport));
  }

  private static InheritedSocket open(String name, int descriptor, Transport transport)
      throws IOException {
    if (!transport.adopts()) {
      throw new IOException(
          "cannot be taken over by transport %s: set runtime.transport to epoll or auto"
              .formatted(transport.name()));
    }
    Descriptors.prepare(descriptor);
    return InheritedSocket.of(name, new FileDescriptor(descriptor), ORIGIN);
  }

  static List<InheritedSocket> of(Map<String, String> environment, long process, Opener opener)
      throws IOException {
    String count = environment.getOrDefault("LISTEN_FDS", "");
    String owner = environment.getOrDefault("LISTEN_PID", "");
    if (count.isEmpty() || owner.isEmpty()) {
      return List.of();
    }
    if (!owner.equals(Long.toString(process))) {
      LOG.warn(
          "LISTEN_FDS is not used: LISTEN_PID names process {} and this is {}; start the gateway"
              + " with exec, without a process between it and systemd",
          owner,
          process);
      return List.of();
    }
    if (!count.matches("[0-9]{1,4}") || Integer.parseInt(count) > MOST) {
      throw new IOException(
          "LISTEN_FDS must be a number of sockets up to %d, is '%s'".formatted(MOST, count));
    }
    List<String> names =
        Arrays.asList(environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1));
    List<InheritedSocket> sockets = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(count); i++) {
      String name = i < names.size() && !names.get(i).isEmpty() ? names.get(i) : "unknown";
      try {
        sockets.add(opener.open(name, FIRST + i));
      } catch (IOException unusable) {
        throw new IOException(
            "descriptor %d of LISTEN_FDS, '%s', %s"
                .formatted(FIRST + i, name, unusable.getMessage()),
            unusable);
      }
    }
    return sockets;
  }
}
