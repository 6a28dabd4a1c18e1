package sallyport.testkit;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A program of the DCMTK of the system, or of another DICOM peer, in a folder. */
public final class Dcmtk implements AutoCloseable {
  /** Secondary Capture Image Storage (PS3.4 table B.5-1). */
  private static final String SOP_CLASS = "1.2.840.10008.5.1.4.1.1.7";

  private static final String EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";
  private static final long PATIENCE_SECONDS = 50;

  private final Process process;
  private final List<String> said = new CopyOnWriteArrayList<>();
  private final Thread reading;

  private Dcmtk(Process process) {
    this.process = process;
    this.reading = Thread.ofVirtual().start(this::read);
  }

  /** Starts a program in a folder. */
  public static Dcmtk start(Path folder, String... command) throws IOException {
    Peers.demand(command[0]);
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    // Debian has some in a folder that only root looks into.
    builder.environment().merge("PATH", "/usr/sbin", (path, more) -> path + ":" + more);
    return new Dcmtk(builder.start());
  }

  /** Starts a server, and returns once it listens at a port. */
  public static Dcmtk serve(Path folder, HeldPort port, String... command) throws IOException {
    Dcmtk server = start(folder, command);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!listens(port)) {
      if (!server.process.isAlive() || System.nanoTime() - end > 0) {
        server.close();
        throw new AssertionError(command[0] + " does not listen: " + server.said);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    return server;
  }

  private static boolean listens(HeldPort port) {
    try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port.number())) {
      return probe.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }

  private void read() {
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      String line;
      while ((line = out.readLine()) != null) {
        said.add(line);
      }
    } catch (IOException ended) {
      said.add(ended.toString());
    }
  }

  /** What it said so far. */
  public String said() {
    return String.join("\n", said);
  }

  /** Stops it until {@link #resume}: it neither reads nor answers. */
  public void pause() throws Exception {
    Signals.send("STOP", Stream.of(process.toHandle()));
  }

  /** Lets it go on. */
  public void resume() throws Exception {
    Signals.send("CONT", Stream.of(process.toHandle()));
  }

  /** Waits for the end, and returns its status. */
  public int ended() throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("it still runs: " + said);
    }
    reading.join();
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /**
   * Writes an object of DICOM (PS3.10 section 7) whose pixels are at its end.
   *
   * @param instance its SOP Instance UID, of an even number of characters
   * @param pixels how many octets they are; even
   */
  public static void writeObject(Path file, String instance, int pixels) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer meta = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
    meta.put(new byte[] {2, 0, 1, 0, 'O', 'B', 0, 0, 2, 0, 0, 0, 0, 1});
    text(meta, 0x0002_0002, "UI", SOP_CLASS);
    text(meta, 0x0002_0003, "UI", instance);
    text(meta, 0x0002_0010, "UI", EXPLICIT_LITTLE_ENDIAN);
    text(meta, 0x0002_0012, "UI", "1.2.3.4");
    meta.flip();
    head.position(128);
    head.put("DICM".getBytes(StandardCharsets.US_ASCII));
    head.put(new byte[] {2, 0, 0, 0, 'U', 'L', 4, 0}).putInt(meta.remaining()).put(meta);
    text(head, 0x0008_0016, "UI", SOP_CLASS);
    text(head, 0x0008_0018, "UI", instance);
    text(head, 0x0008_0060, "CS", "OT");
    text(head, 0x0010_0010, "PN", "Doe^Jane");
    text(head, 0x0010_0020, "LO", "4711");
    text(head, 0x0020_000d, "UI", "1.2.3.1");
    text(head, 0x0020_000e, "UI", "1.2.3.2");
    head.putShort((short) 0x7fe0).putShort((short) 0x0010);
    head.put(new byte[] {'O', 'W', 0, 0}).putInt(pixels).flip();
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16))) {
      out.write(head.array(), 0, head.limit());
      for (int i = 0; i < pixels; i += Integer.BYTES) {
        // Different everywhere, so that a piece in another place shows.
        out.writeInt(i * 0x9E37_79B1);
      }
    }
  }

  private static void text(ByteBuffer to, int tag, String type, String text) {
    byte pad = (byte) (type.equals("UI") ? 0 : ' ');
    byte[] octets = text.getBytes(StandardCharsets.US_ASCII);
    int length = octets.length + octets.length % 2;
    to.putShort((short) (tag >>> 16)).putShort((short) tag);
    to.put(type.getBytes(StandardCharsets.US_ASCII)).putShort((short) length).put(octets);
    if (length > octets.length) {
      to.put(pad);
    }
  }
}
