package sallyport.testkit;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A DNS server on UDP that says what a test wants, on a port of its own. */
public final class DnsServer implements AutoCloseable {
  /** A record of SRV. */
  public record Service(int priority, int weight, int port, String target) {}

  private record Key(String name, DnsRecordType type) {}

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Map<Key, List<byte[]>> records = new ConcurrentHashMap<>();
  private final AtomicInteger questions = new AtomicInteger();
  private final Channel channel;
  private volatile int timeToLive;

  /** What it says in place of records; null where it says nothing at all. */
  private volatile @Nullable DnsResponseCode code = DnsResponseCode.NOERROR;

  /** Starts, and knows no name. Records have a time to live of 0. */
  public DnsServer() {
    channel =
        new Bootstrap()
            .group(group)
            .channelFactory(NioDatagramChannel::new)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel opened) {
                    opened
                        .pipeline()
                        .addLast(
                            new DatagramDnsQueryDecoder(),
                            new DatagramDnsResponseEncoder(),
                            new Answers());
                  }
                })
            .bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0))
            .syncUninterruptibly()
            .channel();
  }

  /** The key {@code dns} of a gateway that asks this server, and often. */
  public String settings() {
    return "dns { servers = [ \"127.0.0.1:%d\" ], least = 20ms, timeout = 200ms }"
        .formatted(((InetSocketAddress) channel.localAddress()).getPort());
  }

  /** From now on, this name has these addresses, of IPv4 or IPv6. */
  public void define(String name, String... addresses) {
    for (DnsRecordType type : List.of(DnsRecordType.A, DnsRecordType.AAAA)) {
      int length = type.equals(DnsRecordType.A) ? 4 : 16;
      records.put(
          new Key(name + ".", type),
          Arrays.stream(addresses)
              .map(text -> InetAddress.ofLiteral(text).getAddress())
              .filter(data -> data.length == length)
              .toList());
    }
  }

  /** From now on, this service has these hosts. */
  public void define(String name, Service... hosts) {
    records.put(
        new Key(name + ".", DnsRecordType.SRV),
        Arrays.stream(hosts).map(DnsServer::record).toList());
  }

  private static byte[] record(Service host) {
    ByteBuf data = Unpooled.buffer();
    data.writeShort(host.priority()).writeShort(host.weight()).writeShort(host.port());
    for (String label : host.target().split("\\.", -1)) {
      data.writeByte(label.length()).writeCharSequence(label, StandardCharsets.US_ASCII);
    }
    data.writeByte(0);
    byte[] octets = new byte[data.readableBytes()];
    data.readBytes(octets);
    data.release();
    return octets;
  }

  /** The time to live of all records from now on, in seconds. */
  public void timeToLive(int seconds) {
    timeToLive = seconds;
  }

  /** From now on, it answers all questions with this code. */
  public void says(DnsResponseCode next) {
    code = next;
  }

  /** From now on, it does not answer. */
  public void fallsSilent() {
    code = null;
  }

  /** How many questions it has heard. */
  public int questions() {
    return questions.get();
  }

  /** Waits until it has been asked again, and so for all that follows an earlier question. */
  public void awaitQuestions(int more) {
    int before = questions();
    Eventually.equal("questions", true, () -> questions() >= before + more);
  }

  private final class Answers extends SimpleChannelInboundHandler<DatagramDnsQuery> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, DatagramDnsQuery query) {
      questions.incrementAndGet();
      DnsResponseCode now = code;
      if (now == null) {
        return;
      }
      DnsQuestion question = query.recordAt(DnsSection.QUESTION);
      List<byte[]> known = records.get(new Key(question.name(), question.type()));
      DatagramDnsResponse response =
          new DatagramDnsResponse(
              /* sender= */ query.recipient(), /* recipient= */ query.sender(), query.id());
      response.setRecursionAvailable(true);
      response.addRecord(
          DnsSection.QUESTION, new DefaultDnsQuestion(question.name(), question.type()));
      if (!now.equals(DnsResponseCode.NOERROR)) {
        response.setCode(now);
      } else if (known == null) {
        response.setCode(DnsResponseCode.NXDOMAIN);
      } else {
        for (byte[] data : known) {
          response.addRecord(
              DnsSection.ANSWER,
              new DefaultDnsRawRecord(
                  question.name(), question.type(), timeToLive, Unpooled.wrappedBuffer(data)));
        }
      }
      ctx.writeAndFlush(response);
    }
  }

  @Override
  public void close() {
    channel.close().syncUninterruptibly();
    group.shutdownGracefully(0, 5, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
  }
}
