// Package carrying lets other people's programs judge the executables that samizdat-press print makes: qemu-user and wine
// run them, ZIP tools look into them, osslsigncode signs them, readers of PE and Mach-O files take them apart.
//
// make carry-judges builds the runtimes and the press, then runs it; see ../../../docs/carrying.md.
package carrying
