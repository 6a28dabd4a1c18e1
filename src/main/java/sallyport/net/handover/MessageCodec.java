package sallyport.net.handover;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageCodec;
import io.netty.handler.codec.CorruptedFrameException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import sallyport.net.handover.Message.Draining;
import sallyport.net.handover.Message.Give;
import sallyport.net.handover.Message.Hello;
import sallyport.net.handover.Message.Offer;
import sallyport.net.handover.Message.OfferedKey;
import sallyport.net.handover.Message.OfferedSocket;
import sallyport.net.handover.Message.OfferedTickets;
import sallyport.net.handover.Message.OpenConnections;
import sallyport.net.handover.Message.Refused;
import sallyport.net.handover.Message.Serving;
import sallyport.net.handover.Message.Stopped;

/**
 * Codec of the messages of a hand-over. A frame is the length of the rest in 4 octets, the kind of
 * the message in 1, and its content. Numbers are big-endian. Texts are UTF-8 behind their length in
 * 2 octets, lists stand behind their length in 2 octets. Hello begins with a magic number.
 *
 * <p>Descriptors pass by. One event loop.
 */
public final class MessageCodec extends ByteToMessageCodec<Message> {
  private static final int MAX_FRAME = 1 << 24;
  private static final int MAGIC = 0x53414C59; // SALY
  private static final int LENGTH = 4;

  private static final int HELLO = 1;
  private static final int OFFER = 2;
  private static final int REFUSED = 3;
  private static final int GIVE = 4;
  private static final int SERVING = 5;
  private static final int STOPPED = 6;
  private static final int DRAINING = 7;

  // ---- write

  @Override
  protected void encode(ChannelHandlerContext ctx, Message message, ByteBuf out) {
    int start = out.writerIndex();
    out.writeInt(0);
    switch (message) {
      case Hello hello -> out.writeByte(HELLO).writeInt(MAGIC).writeShort(hello.version());
      case Offer offer -> {
        out.writeByte(OFFER);
        writeList(out, offer.sockets(), MessageCodec::writeSocket);
        writeList(out, offer.tickets(), MessageCodec::writeTickets);
      }
      case Refused refused -> writeText(out.writeByte(REFUSED), refused.reason());
      case Give give -> out.writeByte(GIVE).writeShort(give.socket());
      case Serving serving -> out.writeByte(SERVING);
      case Stopped stopped -> out.writeByte(STOPPED);
      case Draining draining ->
          writeList(out.writeByte(DRAINING), draining.listeners(), MessageCodec::writeOpen);
    }
    out.setInt(start, out.writerIndex() - start - LENGTH);
  }

  private static <T> void writeList(ByteBuf out, List<T> list, BiConsumer<ByteBuf, T> writer) {
    out.writeShort(list.size());
    list.forEach(each -> writer.accept(out, each));
  }

  private static void writeText(ByteBuf out, String text) {
    byte[] octets = text.getBytes(StandardCharsets.UTF_8);
    out.writeShort(octets.length).writeBytes(octets);
  }

  private static void writeSocket(ByteBuf out, OfferedSocket socket) {
    writeText(out, socket.listener());
    byte[] address = socket.address().getAddress().getAddress();
    out.writeByte(address.length).writeBytes(address).writeShort(socket.address().getPort());
  }

  private static void writeTickets(ByteBuf out, OfferedTickets tickets) {
    writeText(out, tickets.listener());
    writeList(out, tickets.keys(), MessageCodec::writeKey);
  }

  private static void writeKey(ByteBuf out, OfferedKey key) {
    out.writeLong(key.from().toEpochMilli());
    out.writeByte(key.octets().length).writeBytes(key.octets());
  }

  private static void writeOpen(ByteBuf out, OpenConnections connections) {
    writeText(out, connections.listener());
    out.writeInt(connections.open()).writeInt(connections.sources().size());
    connections.sources().forEach((source, open) -> out.writeLong(source).writeInt(open));
  }

  // ---- read

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (in.readableBytes() < LENGTH) {
      return;
    }
    int length = in.getInt(in.readerIndex());
    if (length < 1 || length > MAX_FRAME) {
      in.skipBytes(in.readableBytes());
      throw new CorruptedFrameException("a frame of " + length + " octets");
    }
    if (in.readableBytes() < LENGTH + length) {
      return;
    }
    ByteBuf frame = in.skipBytes(LENGTH).readSlice(length);
    try {
      out.add(read(frame));
    } catch (IndexOutOfBoundsException | UnknownHostException incomplete) {
      throw new CorruptedFrameException("a frame that is not whole", incomplete);
    }
    if (frame.isReadable()) {
      throw new CorruptedFrameException("a frame that is too long");
    }
  }

  private static Message read(ByteBuf in) throws UnknownHostException {
    byte kind = in.readByte();
    return switch (kind) {
      case HELLO -> readHello(in);
      case OFFER -> readOffer(in);
      case REFUSED -> new Refused(readText(in));
      case GIVE -> new Give(in.readUnsignedShort());
      case SERVING -> new Serving();
      case STOPPED -> new Stopped();
      case DRAINING -> new Draining(readList(in, MessageCodec::readOpen));
      default -> throw new CorruptedFrameException("a message of the unknown kind " + kind);
    };
  }

  private static Hello readHello(ByteBuf in) {
    if (in.readInt() != MAGIC) {
      throw new CorruptedFrameException("no hand-over");
    }
    Hello hello = new Hello(in.readUnsignedShort());
    // Later versions may say more.
    in.skipBytes(in.readableBytes());
    return hello;
  }

  private static Offer readOffer(ByteBuf in) throws UnknownHostException {
    List<OfferedSocket> sockets = new ArrayList<>();
    for (int left = in.readUnsignedShort(); left > 0; left--) {
      String listener = readText(in);
      InetAddress address = InetAddress.getByAddress(readOctets(in, in.readUnsignedByte()));
      sockets.add(
          new OfferedSocket(listener, new InetSocketAddress(address, in.readUnsignedShort())));
    }
    return new Offer(sockets, readList(in, MessageCodec::readTickets));
  }

  private static OfferedTickets readTickets(ByteBuf in) {
    return new OfferedTickets(readText(in), readList(in, MessageCodec::readKey));
  }

  private static OfferedKey readKey(ByteBuf in) {
    return new OfferedKey(
        Instant.ofEpochMilli(in.readLong()), readOctets(in, in.readUnsignedByte()));
  }

  private static OpenConnections readOpen(ByteBuf in) {
    String listener = readText(in);
    int open = in.readInt();
    Map<Long, Integer> sources = new HashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      sources.put(in.readLong(), in.readInt());
    }
    return new OpenConnections(listener, open, sources);
  }

  private static <T> List<T> readList(ByteBuf in, Function<ByteBuf, T> reader) {
    List<T> list = new ArrayList<>();
    for (int left = in.readUnsignedShort(); left > 0; left--) {
      list.add(reader.apply(in));
    }
    return list;
  }

  private static String readText(ByteBuf in) {
    return new String(readOctets(in, in.readUnsignedShort()), StandardCharsets.UTF_8);
  }

  private static byte[] readOctets(ByteBuf in, int length) {
    byte[] octets = ByteBufUtil.getBytes(in, in.readerIndex(), length, /* copy= */ true);
    in.skipBytes(length);
    return octets;
  }
}
