package sallyport.net.names;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.config.dns.DnsConfig;
import sallyport.config.dns.DnsConfig.Resolver;
import sallyport.net.names.Answer.Found;
import sallyport.observe.metrics.GatewayMetrics;

/**
 * Names whose addresses are known as long as they are watched. All of it is on one event loop of
 * its own: questions never wait for traffic, and traffic never for questions.
 *
 * <p>Methods that say so must run on that loop; all others on any thread.
 */
public final class Names {
  private static final Logger LOG = LoggerFactory.getLogger(Names.class);

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("sallyport-names", true), NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final GatewayMetrics metrics;
  private final Map<Question, Name> names = new HashMap<>();

  /** Names whose last question failed. */
  private final Set<Question> failing = new HashSet<>();

  private DnsConfig config;
  private AskingTimes times;
  private @Nullable Lookup lookup;

  /** Settings of the operating system that the lookup was made with. */
  private @Nullable ResolvConf system;

  /** Asks for nothing yet. */
  public Names(DnsConfig config, GatewayMetrics metrics) {
    this.config = config;
    this.times = times(config);
    this.metrics = metrics;
  }

  private static AskingTimes times(DnsConfig config) {
    return new AskingTimes(
        config.least(), config.most(), () -> ThreadLocalRandom.current().nextDouble());
  }

  /** Returns the event loop of names. */
  public EventExecutor loop() {
    return loop;
  }

  /** Uses other settings from now on. All names are asked for again if they are others. */
  public void use(DnsConfig next) {
    loop.execute(
        () -> {
          if (!next.equals(config)) {
            config = next;
            times = times(next);
            closeLookup();
            List.copyOf(names.values()).forEach(Name::ask);
          }
        });
  }

  // ---- watching

  /**
   * Begins to watch a name. Must run on the event loop of names.
   *
   * @param watcher hears the addresses, also before this returns, and then each other ones, on the
   *     event loop of names
   */
  public void watch(Question question, Consumer<List<Found>> watcher) {
    Name name = names.get(question);
    if (name == null) {
      name = new Name(question, loop, new Shared(), Reachable::of, new Told());
      names.put(question, name);
      metrics.lookups(question.name());
    }
    name.watch(watcher);
  }

  /** Ends what {@link #watch} began. Must run on the event loop of names. */
  public void unwatch(Question question, Consumer<List<Found>> watcher) {
    Name name = names.get(question);
    if (name != null && name.unwatch(watcher)) {
      names.remove(question);
      failing.remove(question);
      metrics.forgetLookups(question.name());
    }
  }

  /**
   * Returns the addresses of a name that is watched: at once when they are known, else with the
   * next answer.
   *
   * @param executor completes the result
   */
  public Future<List<Found>> first(Question question, EventExecutor executor) {
    Promise<List<Found>> promise = executor.newPromise();
    loop.execute(
        () -> {
          Name name = names.get(question);
          if (name == null) {
            promise.tryFailure(
                new LookupException(LookupException.Kind.FAILED, "the name is not watched"));
          } else {
            name.first(promise);
          }
        });
    return promise;
  }

  // ---- lookups

  /** Lookup and times of all names. */
  private final class Shared implements Name.Context {
    @Override
    public AskingTimes times() {
      return times;
    }

    @Override
    public Lookup lookup() {
      if (config.resolver() == Resolver.SYSTEM) {
        return new SystemLookup(loop);
      }
      ResolvConf now = ResolvConf.ofSystem();
      if (lookup == null || !now.equals(system)) {
        closeLookup();
        system = now;
        lookup = new DnsLookup(loop, HostsFile.SYSTEM, settings(now), config.timeout());
      }
      return lookup;
    }

    private ResolvConf settings(ResolvConf ofSystem) {
      return config.servers().isEmpty()
          ? ofSystem
          : new ResolvConf(config.servers(), ofSystem.search(), ofSystem.dots());
    }
  }

  private void closeLookup() {
    if (lookup != null) {
      lookup.close();
      lookup = null;
    }
  }

  // ---- what is told

  /** Log lines where a name begins to fail and where it is well again, and counts of all. */
  private final class Told implements Name.Observer {
    @Override
    public void answered(Question question) {
      metrics.lookups(question.name()).answered();
      if (failing.remove(question)) {
        LOG.info("dns: {} resolves again", question.name());
      }
    }

    @Override
    public void failed(Question question, LookupException failure, boolean stale) {
      switch (failure.kind()) {
        case EMPTY -> metrics.lookups(question.name()).empty(stale);
        case FAILED -> metrics.lookups(question.name()).failed(stale);
      }
      if (failing.add(question)) {
        LOG.warn(
            "dns: {} does not resolve: {}; {}",
            question.name(),
            failure.getMessage(),
            stale
                ? "its last addresses stay in use, and it is asked for again"
                : "it has no address so far, and is asked for again");
      }
    }
  }

  /**
   * Ends all of it.
   *
   * @return done when the event loop has ended
   */
  public Future<?> close() {
    loop.execute(
        () -> {
          closeLookup();
          names.values().forEach(Name::end);
          names.clear();
        });
    return group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
  }
}
