package sallyport.net.names;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DefaultDnsRecordDecoder;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.dns.DnsErrorCauseException;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsNameResolverChannelStrategy;
import io.netty.resolver.dns.NoopAuthoritativeDnsServerCache;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.resolver.dns.NoopDnsCnameCache;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sallyport.net.names.Answer.Found;
import sallyport.net.names.LookupException.Kind;

/**
 * Lookup in the hosts file and then by DNS servers: over UDP, and over TCP where an answer is too
 * long for it. Each question has a port of its own, which is harder to guess for forgers (RFC 5452
 * section 9.2). Nothing is cached here, since answers are kept for their time to live.
 *
 * <p>Every call must run on the event loop of names.
 */
final class DnsLookup implements Lookup {
  /** Time for which a name of the hosts file is known: the shortest that is configured. */
  private static final Duration HOSTS_TIME_TO_LIVE = Duration.ZERO;

  /** A server that answers with an alias of an alias, and so on, is given up. */
  private static final int MAX_QUERIES = 16;

  private final DnsNameResolver resolver;
  private final HostsFile hosts;
  private final ResolvConf settings;

  /** Record of an answer. */
  private static final class Entry {
    private final byte[] data;

    /** Its time to live. */
    private final long seconds;

    Entry(byte[] data, long seconds) {
      this.data = data;
      this.seconds = seconds;
    }

    byte[] data() {
      return data;
    }

    long seconds() {
      return seconds;
    }
  }

  /**
   * Records of one type.
   *
   * @param failure null where a server has answered, perhaps that there is none
   */
  private record Records(List<Entry> entries, @Nullable LookupException failure) {}

  /** Host of a service. */
  private record Target(String host, int port, int priority, int weight) {}

  /**
   * @param timeout of one question to one server
   */
  DnsLookup(EventLoop loop, HostsFile hosts, ResolvConf settings, Duration timeout) {
    this.hosts = hosts;
    this.settings = settings;
    this.resolver =
        new DnsNameResolverBuilder(loop)
            .datagramChannelFactory(NioDatagramChannel::new)
            .socketChannelFactory(NioSocketChannel::new)
            .datagramChannelStrategy(DnsNameResolverChannelStrategy.ChannelPerResolution)
            .nameServerProvider(new SequentialDnsServerAddressStreamProvider(settings.servers()))
            .queryTimeoutMillis(timeout.toMillis())
            .maxQueriesPerResolve(MAX_QUERIES)
            .hostsFileEntriesResolver((host, types) -> null)
            .searchDomains(List.of())
            .resolveCache(NoopDnsCache.INSTANCE)
            .cnameCache(NoopDnsCnameCache.INSTANCE)
            .authoritativeDnsServerCache(NoopAuthoritativeDnsServerCache.INSTANCE)
            .build();
  }

  @Override
  public CompletableFuture<Answer> ask(Question question) {
    return switch (question) {
      case Question.Host(String name) -> host(name, settings.candidates(name));
      case Question.Service(String name) -> service(name);
    };
  }

  // ---- hosts

  /**
   * Asks for a name, and then for the next candidate where there is no such name.
   *
   * @param candidates whole names, at least one
   */
  private CompletableFuture<Answer> host(String name, List<String> candidates) {
    List<InetAddress> written = hosts.addresses(name);
    return written.isEmpty()
        ? tryNext(name, candidates)
        : CompletableFuture.completedFuture(
            new Answer(
                written.stream().map(Found::host).toList(),
                HOSTS_TIME_TO_LIVE,
                /* partial= */ false));
  }

  private CompletableFuture<Answer> tryNext(String name, List<String> candidates) {
    if (candidates.isEmpty()) {
      return CompletableFuture.failedFuture(
          new LookupException(Kind.EMPTY, "the name servers know no address of " + name));
    }
    String first = candidates.getFirst();
    CompletableFuture<Records> four = query(first, DnsRecordType.A);
    return query(first, DnsRecordType.AAAA)
        .thenCombine(four, (six, known) -> List.of(known, six))
        .thenCompose(
            both -> {
              Answer answer = answer(both);
              if (answer != null) {
                return CompletableFuture.completedFuture(answer);
              }
              LookupException failure = failure(both);
              return failure == null
                  ? tryNext(name, candidates.subList(1, candidates.size()))
                  : CompletableFuture.failedFuture(failure);
            });
  }

  private static @Nullable LookupException failure(List<Records> some) {
    return some.stream().map(Records::failure).filter(Objects::nonNull).findFirst().orElse(null);
  }

  /** Returns the addresses of both families; null where there are none. */
  private static @Nullable Answer answer(List<Records> both) {
    List<Entry> entries = both.stream().flatMap(each -> each.entries().stream()).toList();
    List<Found> found =
        entries.stream()
            .map(Entry::data)
            .filter(data -> data.length == 4 || data.length == 16)
            .map(DnsLookup::address)
            .distinct()
            .map(Found::host)
            .toList();
    return found.isEmpty()
        ? null
        : new Answer(found, shortest(entries.stream()), failure(both) != null);
  }

  private static InetAddress address(byte[] data) {
    try {
      return InetAddress.getByAddress(data);
    } catch (UnknownHostException wrongLength) {
      throw new IllegalArgumentException(wrongLength);
    }
  }

  private static Duration shortest(Stream<Entry> entries) {
    return Duration.ofSeconds(entries.mapToLong(Entry::seconds).min().orElse(0));
  }

  // ---- services

  /** Asks for the hosts of a service, and then for the addresses of each. */
  private CompletableFuture<Answer> service(String name) {
    return query(name, DnsRecordType.SRV)
        .thenCompose(
            records -> {
              if (records.failure() != null) {
                return CompletableFuture.failedFuture(records.failure());
              }
              List<Target> targets = new ArrayList<>();
              for (Entry entry : records.entries()) {
                Target target = target(entry.data());
                // A target of "." says that there is no such service (RFC 2782).
                if (target != null && !target.host().isEmpty()) {
                  targets.add(target);
                }
              }
              return targets.isEmpty()
                  ? CompletableFuture.failedFuture(
                      new LookupException(Kind.EMPTY, "the name servers know no host of " + name))
                  : hosts(name, targets, shortest(records.entries().stream()));
            });
  }

  private CompletableFuture<Answer> hosts(String name, List<Target> targets, Duration timeToLive) {
    List<CompletableFuture<@Nullable Answer>> asked = new ArrayList<>();
    for (Target target : targets) {
      asked.add(host(target.host(), List.of(target.host() + ".")).exceptionally(unknown -> null));
    }
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenCompose(
            all -> {
              List<Found> found = new ArrayList<>();
              Duration shortest = timeToLive;
              boolean partial = false;
              for (int i = 0; i < targets.size(); i++) {
                Answer answer = asked.get(i).getNow(null);
                if (answer == null) {
                  partial = true;
                  continue;
                }
                Target target = targets.get(i);
                answer.found().stream()
                    .map(
                        each ->
                            new Found(
                                each.address(), target.port(), target.priority(), target.weight()))
                    .forEach(found::add);
                shortest =
                    Stream.of(shortest, answer.timeToLive())
                        .min(Comparator.naturalOrder())
                        .orElseThrow();
                partial |= answer.partial();
              }
              return found.isEmpty()
                  ? CompletableFuture.failedFuture(
                      new LookupException(Kind.FAILED, "no host of " + name + " has an address"))
                  : CompletableFuture.completedFuture(new Answer(found, shortest, partial));
            });
  }

  /** Returns the parts of a record of RFC 2782; null for one that is no such record. */
  private static @Nullable Target target(byte[] data) {
    ByteBuf in = Unpooled.wrappedBuffer(data);
    if (in.readableBytes() < 7) {
      return null;
    }
    int priority = in.readUnsignedShort();
    int weight = in.readUnsignedShort();
    int port = in.readUnsignedShort();
    try {
      String host = DefaultDnsRecordDecoder.decodeName(in).toLowerCase(Locale.ROOT);
      boolean rooted = host.endsWith(".");
      return port == 0
          ? null
          : new Target(
              rooted ? host.substring(0, host.length() - 1) : host, port, priority, weight);
    } catch (RuntimeException noName) {
      return null;
    }
  }

  // ---- queries

  /** Asks for the records of one type; what fails is a result. */
  private CompletableFuture<Records> query(String name, DnsRecordType type) {
    CompletableFuture<Records> records = new CompletableFuture<>();
    DefaultDnsQuestion question;
    try {
      question = new DefaultDnsQuestion(name, type);
    } catch (IllegalArgumentException noName) {
      records.complete(
          new Records(List.of(), new LookupException(Kind.EMPTY, "it is no name of DNS")));
      return records;
    }
    resolver
        .resolveAll(question)
        .addListener((Future<List<DnsRecord>> done) -> records.complete(records(type, done)));
    return records;
  }

  private static Records records(DnsRecordType type, Future<List<DnsRecord>> done) {
    if (!done.isSuccess()) {
      Throwable cause = done.cause();
      return new Records(
          List.of(),
          isEmpty(cause)
              ? null
              : new LookupException(Kind.FAILED, String.valueOf(cause.getMessage())));
    }
    List<Entry> entries = new ArrayList<>();
    for (DnsRecord record : done.getNow()) {
      if (record.type().equals(type) && record instanceof DnsRawRecord raw) {
        byte[] data = new byte[raw.content().readableBytes()];
        raw.content().getBytes(raw.content().readerIndex(), data);
        entries.add(new Entry(data, record.timeToLive()));
      }
      ReferenceCountUtil.release(record);
    }
    return new Records(List.copyOf(entries), null);
  }

  /** Returns whether servers have answered that there is no such name, or no such record. */
  private static boolean isEmpty(Throwable cause) {
    return cause instanceof UnknownHostException
        && !DnsNameResolver.isTransportOrTimeoutError(cause)
        && !(cause.getCause() instanceof DnsErrorCauseException refused
            && !refused.getCode().equals(DnsResponseCode.NXDOMAIN));
  }

  @Override
  public void close() {
    resolver.close();
  }

  /** Orders addresses in a way that does not depend on the answer. */
  static List<Found> sorted(List<Found> found) {
    return found.stream()
        .distinct()
        .sorted(
            Comparator.comparingInt(Found::priority)
                .thenComparing((a, b) -> compare(a.address(), b.address()))
                .thenComparingInt(Found::port)
                .thenComparingInt(Found::weight))
        .toList();
  }

  private static int compare(InetAddress one, InetAddress other) {
    byte[] a = one.getAddress();
    byte[] b = other.getAddress();
    return a.length == b.length ? Arrays.compareUnsigned(a, b) : a.length - b.length;
  }
}
