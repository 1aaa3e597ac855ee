/*
 * Unpacks the script of a page, which is stored compressed, and runs it. The policy of the page
 * holds the hash of the unpacked script: no other text would run.
 */

(async () => {
  const packed = document.querySelector("#packed").textContent;
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const script = document.createElement("script");
  script.textContent = await new Response(unpacked).text();
  document.body.append(script);
})().catch((error) => {
  const notice = document.createElement("p");
  notice.textContent = `This page needs a browser of 2023 or later. (${error.message})`;
  document.body.prepend(notice);
});
