package sallyport.gateway.handover;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.gateway.handover.HandOverServer.Offering;
import sallyport.gateway.reload.ReloadCoordinator;
import sallyport.gateway.runtime.GatewayResources;
import sallyport.gateway.runtime.GatewayRuntime;
import sallyport.gateway.runtime.Sockets;
import sallyport.net.admission.Admission;
import sallyport.net.handover.Message.Draining;
import sallyport.net.handover.Message.Offer;
import sallyport.net.handover.Message.OfferedKey;
import sallyport.net.handover.Message.OfferedSocket;
import sallyport.net.handover.Message.OfferedTickets;
import sallyport.net.handover.Message.OpenConnections;
import sallyport.net.handover.Peer;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditEvent.HandOver.Outcome;

/**
 * Hand-over of the listening sockets and ticket keys of this process to the next one. Reloads wait
 * meanwhile. Any thread.
 */
public final class HandOver implements HandOverServer.Owner, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);

  private final GatewayResources gateway;
  private final Sockets sockets;
  private final Supplier<ReloadCoordinator> reloads;
  private final HandOverServer server;
  private final CompletableFuture<Peer> done = new CompletableFuture<>();

  private HandOver(
      Path socket,
      EventLoopGroup loop,
      GatewayResources gateway,
      Sockets sockets,
      Supplier<ReloadCoordinator> reloads)
      throws IOException {
    this.gateway = gateway;
    this.sockets = sockets;
    this.reloads = reloads;
    this.server = HandOverServer.open(socket, loop, this);
  }

  /**
   * Makes the socket for the next process, under a name that is not asked yet.
   *
   * @param loop a single event loop of epoll
   * @param reloads asked once there is a next process
   * @throws IOException when it cannot be made; says why
   */
  public static HandOver open(
      Path socket,
      EventLoopGroup loop,
      GatewayResources gateway,
      Sockets sockets,
      Supplier<ReloadCoordinator> reloads)
      throws IOException {
    return new HandOver(socket, loop, gateway, sockets, reloads);
  }

  /** Lets the next process ask from now on. A failure is logged: this process serves already. */
  public void publish() {
    try {
      server.publish();
    } catch (IOException e) {
      LOG.error("no process can take over from this one: {}", e.toString());
    }
  }

  /** Returns a future with the next process, done once that serves and this accepts no more. */
  public CompletableFuture<Peer> done() {
    return done;
  }

  @Override
  public @Nullable Offering begin(Peer next) {
    GatewayRuntime runtime = reloads.get().hold();
    if (runtime == null) {
      return null;
    }
    List<OfferedSocket> offered = new ArrayList<>();
    List<FileDescriptor> descriptors = new ArrayList<>();
    sockets
        .listening()
        .forEach(
            (name, socket) -> {
              FileDescriptor descriptor = socket.descriptor();
              if (descriptor != null) {
                offered.add(new OfferedSocket(name, socket.address()));
                descriptors.add(descriptor);
              }
            });
    LOG.info("process {} asks for the listening sockets", next.process());
    return new Offering(new Offer(offered, tickets(runtime)), descriptors);
  }

  private static List<OfferedTickets> tickets(GatewayRuntime runtime) {
    return runtime.servers().stream()
        .map(
            tls ->
                new OfferedTickets(
                    tls.name(),
                    tls.madeTicketKeys().stream()
                        .map(key -> new OfferedKey(key.from(), key.octets()))
                        .toList()))
        .toList();
  }

  @Override
  public void stopAccepting(Peer next) {
    reloads.get().stop();
    List<String> listeners = List.copyOf(sockets.listening().keySet());
    sockets.retireAll();
    gateway.credentials().stopIssuance();
    report(Outcome.GIVEN, "given", next, listeners, "");
    LOG.info("handed over to process {}: this one accepts no more, and drains", next.process());
  }

  @Override
  public void handedOver(Peer next) {
    done.complete(next);
  }

  @Override
  public Draining draining() {
    List<OpenConnections> open = new ArrayList<>();
    reloads
        .get()
        .runtime()
        .listeners()
        .forEach(
            (name, listener) -> {
              Admission.Counts counts = listener.admission().counts();
              open.add(new OpenConnections(name, counts.open(), counts.sources()));
            });
    return new Draining(open);
  }

  @Override
  public void failed(Peer next, String reason) {
    reloads.get().release();
    report(Outcome.FAILED, "failed", next, List.of(), reason);
    LOG.warn("process {} did not take over, this one serves on: {}", next.process(), reason);
  }

  @Override
  public void refused(Peer next, String reason) {
    report(Outcome.REFUSED, "refused", next, List.of(), reason);
    LOG.warn("process {} is refused the listening sockets: {}", next.process(), reason);
  }

  private void report(
      Outcome outcome, String word, Peer next, List<String> listeners, String reason) {
    gateway.metrics().handOver(word);
    gateway
        .audit()
        .record(new AuditEvent.HandOver(outcome, next.process(), next.user(), listeners, reason));
  }

  /** Calls off a hand-over that has begun, and takes no other. */
  @Override
  public void close() {
    server.close();
  }
}
