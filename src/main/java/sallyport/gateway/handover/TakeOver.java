package sallyport.gateway.handover;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.address.BindAddress;
import sallyport.credentials.tickets.TicketKey;
import sallyport.gateway.runtime.GatewayResources;
import sallyport.gateway.runtime.GatewayRuntime;
import sallyport.net.admission.Admission;
import sallyport.net.handover.Message.Draining;
import sallyport.net.handover.Message.Offer;
import sallyport.net.handover.Message.OfferedSocket;
import sallyport.net.handover.Message.OfferedTickets;
import sallyport.net.handover.Message.OpenConnections;
import sallyport.net.inherit.InheritedSocket;
import sallyport.net.inherit.InheritedSockets;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditEvent.HandOver.Outcome;
import sallyport.tls.server.ServerTls;

/**
 * Take-over of listening sockets and ticket keys from the process before, in the order of its
 * methods. Closed before {@link #serving}, it is called off, and the process before serves on.
 *
 * <p>One thread.
 */
public final class TakeOver implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TakeOver.class);

  private final HandOverClient before;
  private final Offer offer;
  private final List<String> taken = new ArrayList<>();
  private volatile boolean closed;

  private TakeOver(HandOverClient before, Offer offer) {
    this.before = before;
    this.offer = offer;
  }

  /**
   * Asks the process before for its offer.
   *
   * @param socket where both meet
   * @param loop an event loop of epoll
   * @return null when there is no process before
   * @throws IOException when there is one that does not hand over; says why
   */
  public static @Nullable TakeOver begin(Path socket, EventLoopGroup loop) throws IOException {
    HandOverClient before = HandOverClient.connect(socket, loop);
    if (before == null) {
      return null;
    }
    try {
      return new TakeOver(before, before.begin());
    } catch (IOException | RuntimeException failed) {
      before.close();
      throw failed;
    }
  }

  /**
   * Takes the sockets that listeners need.
   *
   * @param wanted the addresses to bind, by the names of their listeners
   * @param inherited has what came from elsewhere, and takes the sockets
   * @throws IOException when one does not come
   */
  public void takeSockets(Map<String, BindAddress> wanted, InheritedSockets inherited)
      throws IOException {
    for (Map.Entry<String, BindAddress> each : wanted.entrySet()) {
      int socket = find(each.getKey(), each.getValue());
      if (socket >= 0) {
        taken.add(each.getKey());
        if (!inherited.has(each.getKey(), each.getValue())) {
          inherited.add(List.of(take(socket)));
        }
      }
    }
  }

  private int find(String listener, BindAddress wanted) {
    for (int i = 0; i < offer.sockets().size(); i++) {
      OfferedSocket socket = offer.sockets().get(i);
      if (InheritedSockets.fits(socket.listener(), socket.address(), listener, wanted)) {
        return i;
      }
    }
    return -1;
  }

  private InheritedSocket take(int position) throws IOException {
    OfferedSocket offered = offer.sockets().get(position);
    FileDescriptor descriptor = before.take(position);
    try {
      InheritedSocket socket =
          InheritedSocket.of(offered.listener(), descriptor, "process " + before.peer().process());
      if (!socket.address().equals(offered.address())) {
        throw new IOException("listens on " + socket.address());
      }
      return socket;
    } catch (IOException other) {
      InheritedSockets.close(descriptor);
      throw new IOException(
          "process %d handed over another socket for listener %s: it %s"
              .formatted(before.peer().process(), offered.listener(), other.getMessage()),
          other);
    }
  }

  /** Goes on with the ticket keys of listeners that make theirs in memory, by their names. */
  public void takeTicketKeys(Map<String, ServerTls> servers) {
    Map<String, List<TicketKey>> made = new HashMap<>();
    for (OfferedTickets tickets : offer.tickets()) {
      made.put(
          tickets.listener(),
          tickets.keys().stream().map(key -> TicketKey.of(key.from(), key.octets())).toList());
    }
    servers.forEach(
        (name, tls) -> {
          List<TicketKey> keys = made.get(name);
          if (keys != null) {
            tls.goOnWithTicketKeys(keys);
          }
        });
  }

  /**
   * Tells the process before that this one serves, and waits until that one accepts no more. Until
   * its end, connections that it still has count for the limits of this one.
   *
   * @param inUse the runtime in use
   */
  public void serving(GatewayResources gateway, Supplier<GatewayRuntime> inUse) {
    int process = before.peer().process();
    gateway.metrics().handOver("taken");
    gateway
        .audit()
        .record(new AuditEvent.HandOver(Outcome.TAKEN, process, before.peer().user(), taken, ""));
    try {
      before.serving(draining -> count(draining, inUse.get()));
      LOG.info("took over from process {}, which drains: {}", process, String.join(", ", taken));
    } catch (IOException silent) {
      LOG.warn("took over from process {}, but: {}", process, silent.getMessage());
    }
    before
        .ended()
        .addListener(
            ended -> {
              if (!closed) {
                LOG.info("process {} has ended", process);
              }
            });
  }

  private static void count(Draining draining, GatewayRuntime runtime) {
    Map<String, Admission.Counts> open = new HashMap<>();
    for (OpenConnections each : draining.listeners()) {
      open.put(each.listener(), new Admission.Counts(each.open(), each.sources()));
    }
    runtime
        .listeners()
        .forEach(
            (name, listener) ->
                listener
                    .admission()
                    .countElsewhere(open.getOrDefault(name, Admission.Counts.NONE)));
  }

  @Override
  public void close() {
    closed = true;
    before.close();
  }
}
